"""Qt item models over frozen snapshots: every string and colour is made once, when the snapshot arrives."""
