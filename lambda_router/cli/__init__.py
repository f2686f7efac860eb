"""The commands, one file each; none of them is part of the layer, nor imported by an app."""
