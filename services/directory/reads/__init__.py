"""One file a read: what no row of one view can answer."""
