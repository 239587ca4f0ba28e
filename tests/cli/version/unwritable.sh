# A result that could not be written is an error, even the smallest.
mirti version >/dev/full
