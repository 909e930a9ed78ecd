"""Out of the program: a folder that anybody can rebuild with torch and timm alone."""
