"""What a CI job is asked to look at, worked out from what GitHub or GitLab tells it."""
