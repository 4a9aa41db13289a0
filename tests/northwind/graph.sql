-- Cypher statements that import the graph's CSV files from the folder $folder, one per row.
WITH
    customers AS (
        SELECT string_agg(format(
            '{{customerID: {}, companyName: {}, contactName: {}, phone: {}}}',
            to_json(customerID), to_json(companyName), to_json(contactName), to_json(phone)
        ), ', ') AS rows
        FROM read_csv('$folder/customers.csv', all_varchar = true)
    ),
    orders AS (
        SELECT string_agg(format(
            '{{orderID: {}, customerID: {}}}', orderID, to_json(customerID)
        ), ', ') AS rows
        -- Some addresses hold commas without quotes; the keys stand before them.
        FROM read_csv(
            '$folder/orders.csv', all_varchar = true, delim = ',', quote = '"', escape = '"',
            null_padding = true, strict_mode = false
        )
    ),
    categories AS (
        SELECT string_agg(format(
            '{{categoryID: {}, categoryName: {}}}', categoryID, to_json(categoryName)
        ), ', ') AS rows
        FROM read_csv('$folder/categories.csv', all_varchar = true)
    ),
    -- suppliers.csv itself is not a readable CSV file.
    suppliers AS (
        SELECT string_agg(DISTINCT format('{{supplierID: {}}}', supplierID), ', ') AS rows
        FROM read_csv('$folder/products.csv', all_varchar = true)
    ),
    products AS (
        SELECT string_agg(format(
            '{{productID: {}, productName: {}, supplierID: {}, categoryID: {}}}',
            productID, to_json(productName), supplierID, categoryID
        ), ', ') AS rows
        FROM read_csv('$folder/products.csv', all_varchar = true)
    ),
    lines AS (
        SELECT string_agg(format(
            '{{orderID: {}, productID: {}, quantity: {}}}', orderID, productID, quantity
        ), ', ') AS rows
        FROM (
            SELECT *, row_number() OVER () // 300 AS part
            FROM read_csv('$folder/order-details.csv', all_varchar = true)
        )
        GROUP BY part
    )
SELECT 'UNWIND [' || rows || '] AS row CREATE (n:Customer) SET n = row' FROM customers
UNION ALL
SELECT 'UNWIND [' || rows || '] AS row CREATE (n:Category) SET n = row' FROM categories
UNION ALL
SELECT 'UNWIND [' || rows || '] AS row CREATE (n:Supplier) SET n = row' FROM suppliers
UNION ALL
SELECT 'UNWIND [' || rows || '] AS row MATCH (c:Category {categoryID: row.categoryID}), '
    || '(s:Supplier {supplierID: row.supplierID}) CREATE (s)-[:SUPPLIES]->(n:Product '
    || '{productID: row.productID, productName: row.productName})-[:PART_OF]->(c)' FROM products
UNION ALL
SELECT 'UNWIND [' || rows || '] AS row MATCH (c:Customer {customerID: row.customerID}) '
    || 'CREATE (c)-[:PURCHASED]->(:Order {orderID: row.orderID})' FROM orders
UNION ALL
SELECT 'UNWIND [' || rows || '] AS row MATCH (o:Order {orderID: row.orderID}), '
    || '(p:Product {productID: row.productID}) CREATE (o)-[:CONTAINS {quantity: row.quantity}]->(p)'
FROM lines;
