# Neither code nor name can be guessed.
printf 'x,y\n1,2\n' >a.csv
mirti doctor a.csv a.csv
