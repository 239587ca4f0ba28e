mirti simulate country --truth cars=1
