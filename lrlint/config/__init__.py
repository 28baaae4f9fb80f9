"""Configuration: files and the command line in, the settings of each checked file out."""
