"""CloudWatch Logs Insights QL: the same query runs on AWS and on files of newline-delimited JSON."""
