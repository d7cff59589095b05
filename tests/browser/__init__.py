"""What a learner does with the mouse and the keyboard, in JupyterLab and in Notebook 7."""
