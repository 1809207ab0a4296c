"""展开调查分析原因: who investigates, the evidence, the cause, and the findings that a lead accepts."""
