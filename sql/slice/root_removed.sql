-- The references for which the root row, in table $1, would be left out.
SELECT walk.id
FROM slice.removal AS removal
JOIN slice.step AS step
    ON step.tab = removal.child_tab
    AND step.how = 'root'
    AND removal.child_row BETWEEN step."first" AND step."last"
JOIN slice.walk AS walk ON walk.edge = removal.edge
WHERE removal.child_tab = $1
ORDER BY walk.id;
