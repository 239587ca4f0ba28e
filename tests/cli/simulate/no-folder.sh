mirti simulate
