"""A shop as one Lambda function, with its tests and its template; README.md says how to try and deploy it."""
