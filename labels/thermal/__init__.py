"""Labels in the languages of thermal printers: ZPL II, TSPL and EPL2. Sends nothing."""
