CREATE OR REPLACE FUNCTION kafkabridge.last_insert(first integer, last integer, c_table integer[], c_op text[], c_unchanged text[])
RETURNS integer LANGUAGE plpgsql AS $kafkabridge$
DECLARE
  i integer := first;
BEGIN
  WHILE i <= last AND c_op[i] = 'c' AND c_table[i] = c_table[first] AND c_unchanged[i] IS NULL LOOP
    i := i + 1;
  END LOOP;
  RETURN i - 1;
END
$kafkabridge$;
