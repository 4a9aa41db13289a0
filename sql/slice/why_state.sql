-- Rows from which the wanted row can be reached, each with the step that leads towards it. `up`
-- says that the row may have come in any way, else that it descends. The wanted row has depth 0.
CREATE OR REPLACE TEMP TABLE _why (
    tab INTEGER,
    "row" BIGINT,
    up BOOLEAN,
    depth INTEGER,
    edge INTEGER,
    next_tab INTEGER,
    next_row BIGINT,
    next_up BOOLEAN
);
