-- What a unit demands of the records of its region beyond the nation's form (INS-13). Rows are versions of a demand,
-- added and never changed: the latest that is effective applies.
CREATE TABLE local_demand (
    demand_id      uuid        NOT NULL,
    effective_from timestamptz NOT NULL,
    set_at         timestamptz NOT NULL,
    kind           text        NOT NULL,
    region         text        NOT NULL,
    unit_id        uuid        NOT NULL REFERENCES unit,
    title          text        NOT NULL,
    explanation    text        NOT NULL,
    active         boolean     NOT NULL,
    set_by         uuid        NOT NULL,
    PRIMARY KEY (demand_id, effective_from, set_at)
);
CREATE INDEX local_demand_region ON local_demand (kind, region);

-- The demands that apply to records of a kind with a region: of its county, city, province, and the nation.
CREATE FUNCTION local_demands(subject_kind text, subject_region text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object(
        'demand_id', demand_id, 'title', title, 'explanation', explanation, 'unit_name', unit_name
    ) ORDER BY region, demand_id), '[]')
    FROM (
        SELECT DISTINCT ON (demand_id) demand_id, title, explanation, active, local_demand.region,
               unit.name AS unit_name
        FROM local_demand JOIN unit USING (unit_id)
        WHERE kind = subject_kind AND effective_from <= now() AND local_demand.region IN (
            subject_region, left(subject_region, 4) || '00', left(subject_region, 2) || '0000', '100000'
        )
        ORDER BY demand_id, effective_from DESC, set_at DESC
    ) AS latest
    WHERE active
$$;
