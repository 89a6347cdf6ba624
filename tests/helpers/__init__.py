"""What the tests of several capabilities share."""
