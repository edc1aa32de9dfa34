"""Units that time opens (Phased LSTM): their gate, and how they tell frequencies."""
