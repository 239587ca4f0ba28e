# The three ways to ask say the same.
mirti help >command
mirti --help >option
mirti -h >letter
cmp command option
cmp command letter
