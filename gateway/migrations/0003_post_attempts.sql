-- Budgets have replaced the counts of failed attempts.
DROP TABLE attempts;
