"""aftercell: text-message follow-up after a cell-therapy infusion."""
