"""How many steps a recurrent network can remember: palindromes over many seeds."""
