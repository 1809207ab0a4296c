"""Resolution 处理: remedy options, approval within authority limits, offer, execution."""
