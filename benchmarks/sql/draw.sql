-- draw(i, salt, n): a whole number from 0 to n - 1, a fixed function of row i, the column's salt and the seed.
-- The mixing is murmur3's finaliser written out, so that the same seed gives the same rows on any version and
-- machine; a random() or hash() may change its sequence. Products stay below 2^64.
create macro first_mix(h) as (xor(h, h >> 16) * 2246822507::ubigint) & 4294967295::ubigint;
create macro second_mix(h) as (xor(h, h >> 13) * 3266489909::ubigint) & 4294967295::ubigint;
create macro third_mix(h) as xor(h, h >> 16);
create macro seeded(i, salt) as (
    cast(i as ubigint) * 2654435761::ubigint
    + cast(salt + 1000 * getvariable('seed') as ubigint) * 3266489917::ubigint
) & 4294967295::ubigint;
create macro draw(i, salt, n) as
    cast(third_mix(second_mix(first_mix(seeded(i, salt)))) % cast(n as ubigint) as bigint);
create macro money(cents) as cast(cast(cents as decimal(18, 0)) / 100 as decimal(18, 2));
create macro movement(day, what, cents) as
    struct_pack("date" := cast(day as date), kind := what, reduces_by := case when what = 'reversal' then -cents else cents end);
create macro disputed_from(invoice, issue_date) as
    cast(issue_date + 5 + cast(draw(invoice, 89, 20) as integer) as date);
