-- The state of a closure: by which step rows came in, and what is settled about them. `tab` and
-- `edge` are positions in the plan; rows are rowids of the staged table, which only grows
-- meanwhile.
CREATE SCHEMA slice;

-- Rows first..last of a table came in by one read.
CREATE TABLE slice.step (
    tab INTEGER,
    "first" BIGINT,
    "last" BIGINT,
    how VARCHAR,
    round INTEGER
);

-- Rows that came in because others reference them, and for no other reason.
CREATE TABLE slice.up_row (tab INTEGER, "row" BIGINT);

-- Rows that descend although they came up or whole: by `expand`, or because they came down as well.
CREATE TABLE slice.descended (tab INTEGER, "row" BIGINT, came_down BOOLEAN);

-- References whose parent or child is such a row.
CREATE TABLE slice.edge (
    edge INTEGER,
    child_tab INTEGER,
    child_row BIGINT,
    parent_tab INTEGER,
    parent_row BIGINT
);

-- References to rows of another tenant, which are not in staging.
CREATE TABLE slice.foreign_edge (edge INTEGER, child_tab INTEGER, child_row BIGINT);

-- The plan's edges, for joins.
CREATE TABLE slice.walk (
    edge INTEGER,
    id VARCHAR,
    "both" BOOLEAN,
    nullable BOOLEAN,
    take BOOLEAN,
    is_list BOOLEAN,
    voids INTEGER[]
);

-- Staged rows that belong to another tenant although they name none.
CREATE TABLE slice.foreign_row (tab INTEGER, "row" BIGINT);

-- Rows whose reference dangles in PROD where the project says what to do: empty it, or leave out
-- the row.
CREATE TABLE slice.cured (edge INTEGER, child_tab INTEGER, child_row BIGINT, leave_out BOOLEAN);

-- Rows left out because they need what is foreign, and by which reference; rows that are needed;
-- references emptied.
CREATE TABLE slice.removal (edge INTEGER, child_tab INTEGER, child_row BIGINT);
CREATE TABLE slice.removed (tab INTEGER, "row" BIGINT);
CREATE TABLE slice.kept (tab INTEGER, "row" BIGINT);
CREATE TABLE slice.cut (edge INTEGER, child_tab INTEGER, child_row BIGINT);

-- References to rows that were left out; of rows that stay and may have come by one, by position,
-- and by which reference that row was left out.
CREATE TABLE slice.parted (
    edge INTEGER,
    child_tab INTEGER,
    child_row BIGINT,
    parent_tab INTEGER,
    parent_row BIGINT
);
CREATE TABLE slice.came_by (edge INTEGER, place BIGINT, reason INTEGER);

-- Columns that were never read, because the policy discards them.
CREATE TABLE slice.unread ("table" VARCHAR, "column" VARCHAR);
