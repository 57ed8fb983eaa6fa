"""Lists of goods for authorities: the FSMA 204 spreadsheet, the list of suppliers and customers of Regulation 178/2002,
the events that lack something. They render `domain.trade.Line` and `domain.quality` values; none reads the store.
"""
