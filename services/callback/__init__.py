"""回访 and 归档: the customer is called back, the complaint closed or reopened, summarised and archived."""
