mirti version
