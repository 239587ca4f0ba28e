mirti simulate country --truth car=much
