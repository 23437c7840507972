// The support desk: customers want their money back. Exits with 0 when each refund went as the policies say.
import { request } from 'node:http';

function refund(by, order, amount, approvedBy) {
  return new Promise((resolve, reject) => {
    const call = request(`${process.env.PAYMENTS_URL}/refunds`, { method: 'POST' }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode));
    });
    call.on('error', reject);
    call.end(JSON.stringify({ by, order, amount, approvedBy }));
  });
}

let asExpected = true;
for (const [by, order, amount, wanted, approvedBy] of [
  ['bob', 'o-17', 20, 200], // a clerk, and not much money
  ['bob', 'o-18', 250, 403], // too much for a clerk
  ['alice', 'o-18', 250, 200], // a manager may
  ['bob', 'o-66', 20, 403], // the bank is looking into this order
  ['alice', 'o-19', 5000, 403], // too much for one person
  ['alice', 'o-20', 5000, 200, 'carol'], // another manager approves
]) {
  const status = await refund(by, order, amount, approvedBy);
  asExpected &&= status === wanted;
  console.log(`${status === wanted ? ' ' : '!'} ${by} refunds ${amount} for ${order}: ${status}`);
}
process.exit(asExpected ? 0 : 1);
