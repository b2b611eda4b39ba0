-- The fence that every transaction of a run asserts before it commits.

-- +goose Up
create table sf_platform.fence (
    dataset text primary key,
    number  bigint not null
);
comment on table sf_platform.fence is
    'One number per dataset, raised at every start and take-over of one of its runs. Who holds an older number cannot commit.';

-- +goose StatementBegin
create function sf_platform.raise_fence(p_dataset text) returns bigint
    language sql security definer set search_path = pg_catalog, pg_temp
as $$
    insert into sf_platform.fence as f (dataset, number) values (p_dataset, 1)
    on conflict (dataset) do update set number = f.number + 1
    returning number;
$$;
-- +goose StatementEnd

-- +goose StatementBegin
-- The row stays locked FOR SHARE until the caller's transaction ends, so the fence
-- cannot be raised between the check and the commit.
create function sf_platform.assert_fence(p_dataset text, p_number bigint) returns void
    language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    current bigint;
begin
    select number into current from sf_platform.fence where dataset = p_dataset for share;
    if current is distinct from p_number then
        raise exception 'fence of dataset % is %, not %', p_dataset, coalesce(current, 0), p_number
            using errcode = 'SF001';
    end if;
end
$$;
-- +goose StatementEnd

revoke all on function sf_platform.raise_fence(text), sf_platform.assert_fence(text, bigint) from public;
grant execute on function sf_platform.raise_fence(text) to sf_orchestrator;
grant execute on function sf_platform.assert_fence(text, bigint)
    to sf_ingest, sf_quality, sf_snapshot, sf_orchestrator;

-- +goose Down
drop function sf_platform.assert_fence(text, bigint);
drop function sf_platform.raise_fence(text);
drop table sf_platform.fence;
