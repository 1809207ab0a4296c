"""Intake: 投诉受理 registers complaints, 投诉判断 judges whether they are established."""
