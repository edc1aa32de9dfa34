"""What reaches what: influence after each layer, shortest paths, smoothing, memory."""
