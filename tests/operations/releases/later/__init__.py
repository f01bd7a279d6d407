"""The release after `releases.earlier`: a shelf's `title` is its `name`, and it has a page of its own."""
