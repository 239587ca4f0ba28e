# A folder with anything else in it is left alone, even with --overwrite.
mkdir letters
echo "Dear Ana" >letters/ana.txt
mirti simulate letters --states 1 --municipalities 2 --persons 500 --overwrite || echo "status $?"
ls letters
