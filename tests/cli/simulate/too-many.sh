mirti simulate country --states 100
