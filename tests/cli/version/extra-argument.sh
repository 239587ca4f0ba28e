mirti version 2
