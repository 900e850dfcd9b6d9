"""The fold: which stretch is computed anew, from where, and writing what came out."""
