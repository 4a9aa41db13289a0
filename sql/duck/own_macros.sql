-- Says that some macros come from the workspace: under a name of ours may stand what reads the raw
-- extract, so that what a rule reads is looked at where it is bound.
CREATE OR REPLACE MACRO has_macros_of_workspace() AS
    true;

COMMENT ON MACRO has_macros_of_workspace IS 'Some macros come from the workspace.';
