-- Schemas of views for the tools that read snapshots: each is of one dataset, and nobody
-- else's. The service makes none by itself, this function does, as the owner.

-- +goose Up
-- +goose StatementBegin
create function sf_snapshot.make_read_schema(wanted text, of_dataset text) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    mark constant text := 'StreamFlow: views to read of dataset ' || of_dataset;
begin
    if wanted ~ '^(sf_|pg_)' or wanted in ('public', 'information_schema') then
        return false;
    end if;
    if exists (select from pg_namespace where nspname = wanted) then
        return exists (select from pg_namespace n
                        where n.nspname = wanted and n.nspowner = current_user::regrole
                          and obj_description(n.oid, 'pg_namespace') = mark);
    end if;
    execute format('create schema %I', wanted);
    execute format('comment on schema %I is %L', wanted, mark);
    execute format('grant create on schema %I to sf_snapshot', wanted);
    execute format('grant usage on schema %I to sf_snapshot with grant option', wanted);
    execute format('grant usage on schema %I to sf_reader', wanted);
    return true;
exception when insufficient_privilege then -- the owner may not make schemas any more
    return false;
end
$$;
-- +goose StatementEnd
comment on function sf_snapshot.make_read_schema(text, text) is
    'Makes the schema of a dataset''s views where it is not there, and says whether it is the dataset''s: false of one that somebody else made.';
revoke all on function sf_snapshot.make_read_schema(text, text) from public;
grant execute on function sf_snapshot.make_read_schema(text, text) to sf_snapshot;

-- +goose Down
-- The schemas and their views stay, as the tables do that they show.
drop function sf_snapshot.make_read_schema(text, text);
