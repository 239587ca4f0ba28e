mirti verion
