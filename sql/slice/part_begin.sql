-- A part of the slice: the rows that are in it, whether they descend, and the rows it leaves out;
-- and which staged row references which. `up` says that the child brings the parent, `down` that a
-- parent which descends brings the child, `expands` that the parent then descends too, `needs` that
-- the child cannot do without the parent, `depends` that it goes with it although it could.
CREATE TABLE slice.part (tab INTEGER, "row" BIGINT, descends BOOLEAN);
CREATE TABLE slice.part_without (tab INTEGER, "row" BIGINT);

CREATE TABLE slice.part_edge (
    edge INTEGER,
    child_tab INTEGER,
    child_row BIGINT,
    parent_tab INTEGER,
    parent_row BIGINT,
    up BOOLEAN,
    down BOOLEAN,
    expands BOOLEAN,
    needs BOOLEAN,
    depends BOOLEAN
);
