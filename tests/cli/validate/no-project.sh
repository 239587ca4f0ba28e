mirti validate
