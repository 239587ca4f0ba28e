mirti simulate country --states many
