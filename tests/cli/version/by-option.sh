mirti --version
