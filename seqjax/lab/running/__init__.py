"""Running a study: devices, chunks, processes, interruptions, the training loop."""
