"""How long recurrent networks remember: copying, adding and recall over many seeds."""
