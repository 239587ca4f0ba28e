# The three ways to ask say the same.
mirti help >help
mirti --help >option
mirti -h >letter
cmp help option
cmp help letter
