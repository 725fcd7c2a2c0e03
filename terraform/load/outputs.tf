output "name" {
  description = "The stack's name, for `todo load --stack`."
  value       = var.name
}

output "bucket" {
  description = "The bucket of the samples."
  value       = aws_s3_bucket.main.id
}
