"""The documents of a recall: the report for authority and file, its workbook, the list of customers, the sign-off of an
exercise. Each renders one `Case`; none reads the store.
"""

from reports.recall.case import Case

__all__ = ["Case"]
