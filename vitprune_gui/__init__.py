"""The desktop application: Qt on top of the engine. Importing it imports neither torch nor timm."""
