-- Nothing: an index is of no use here, where sums in the order of the key need no sorting.
SELECT 1;
