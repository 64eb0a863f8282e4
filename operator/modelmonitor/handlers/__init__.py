"""The operator's running part: events in, one level-triggered visit per monitor, a status out."""
