// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title CALIBER, electronic documents of title to hardware
/// @notice Collateralized Asset Ledger: Insurance, Bailment, Evaluation, Redemption. One ERC-721 token is a lot of units
/// of one model, held by a bailee. Values are US dollars with 18 decimals, times are seconds, intervals half-open.
/// @dev A lot of more units than fit one transaction is built in several and sealed with the last. Token ids count from 1
/// and are never used again.
interface ICaliber {
    /// @notice Where the goods are.
    enum Custody {
        /// @notice Units are still being added.
        Building,
        /// @notice The lot is complete; the bailee has not attested its receipt, or has released it.
        Sealed,
        /// @notice The bailee holds the goods.
        Held,
        /// @notice The bailee has attested their loss. Final.
        Lost
    }

    /* ------------------------------------------------------------------------------------------------ errors */

    /// @notice The address is zero, or has no code where some is needed.
    error InvalidAddress();
    /// @notice The token does not exist.
    error ERC721NonexistentToken(uint256 tokenId);
    error ERC721IncorrectOwner(address sender, uint256 tokenId, address owner);
    /// @notice Nobody is nobody's owner; a custodian holds for others and neither asks for goods nor ends a title.
    error ERC721InvalidOwner(address owner);
    /// @notice The zero address receives nothing, and a contract must say that it takes titles when it is sent one safely.
    /// The custodians, pool and auction, take titles themselves: nobody sends or mints one to them.
    error ERC721InvalidReceiver(address receiver);
    error ERC721InvalidSender(address sender);
    error ERC721InsufficientApproval(address operator, uint256 tokenId);
    error ERC721InvalidApprover(address approver);
    error ERC721InvalidOperator(address operator);
    /// @notice The unit is in a lot that exists already.
    error SerialInUse(bytes32 serial, uint256 tokenId);
    /// @notice A serial of zero is none.
    error InvalidSerial();
    /// @notice A lot must have units.
    error EmptyLot(uint256 tokenId);
    /// @notice This can be done in another state of custody only.
    error WrongCustody(uint256 tokenId, Custody actual);
    /// @notice Only the lot's bailee may say this.
    error NotBailee(uint256 tokenId, address caller);
    /// @notice The token is frozen: no transfer and no pledge by its holder.
    error TokenFrozen(uint256 tokenId);
    /// @notice The holder has asked for the goods: the token cannot move.
    error RedemptionRequested(uint256 tokenId);
    error NoRedemptionRequested(uint256 tokenId);
    /// @notice A document's hash of zero is none.
    error InvalidDocument();
    /// @notice The appraisal or the policy must end after now, the useful life be positive.
    error InvalidPeriod(uint256 end, uint256 usefulLife);
    error InvalidBasisPoints(uint256 basisPoints, uint256 maximum);
    error ValueTooLarge(uint256 value, uint256 maximum);
    /// @notice The pool and the auction are linked once and stay.
    error CustodiansAlreadySet();
    error InvalidCall(bytes4 selector, uint256 calldataLength, uint256 value);
    error AccessControlBadConfirmation();
    error AccessControlUnauthorizedAccount(address account, bytes32 neededRole);

    /* ------------------------------------------------------------------------------------------------ events */

    event Transfer(address indexed from, address indexed to, uint256 indexed tokenId);
    event Approval(address indexed owner, address indexed approved, uint256 indexed tokenId);
    event ApprovalForAll(address indexed owner, address indexed operator, bool approved);
    /// @notice A lot of `model` was opened at `bailee` under the agreement with this hash.
    event Tokenized(uint256 indexed tokenId, address indexed bailee, bytes32 bailmentAgreement, string model);
    /// @notice `units` more units; `total` so far.
    event UnitsAdded(uint256 indexed tokenId, uint256 units, uint256 total);
    event LotSealed(uint256 indexed tokenId, uint256 units);
    event ReceiptAttested(uint256 indexed tokenId, address indexed bailee, bytes32 document);
    event LossAttested(uint256 indexed tokenId, address indexed bailee, bytes32 document);
    event Released(uint256 indexed tokenId, address indexed bailee, bytes32 document);
    event Appraised(
        uint256 indexed tokenId,
        address indexed appraiser,
        uint256 value,
        uint256 validUntil,
        uint256 usefulLife,
        uint256 residualBps,
        bytes32 report
    );
    event Insured(
        uint256 indexed tokenId, address indexed insurer, uint256 coverage, uint256 expiry, bytes32 policy
    );
    event Frozen(uint256 indexed tokenId, bool isFrozen);
    event GoodsRequested(uint256 indexed tokenId, address indexed holder);
    event GoodsRequestCancelled(uint256 indexed tokenId, address indexed holder);
    /// @notice The goods were delivered to `holder`; the token is burned and its serials are free.
    event GoodsDelivered(uint256 indexed tokenId, address indexed holder, bytes32 document);
    /// @notice `holder` gave up the title to goods that no bailee holds; the token is burned and its serials are free.
    event Surrendered(uint256 indexed tokenId, address indexed holder);
    event CustodiansSet(address indexed loanPool, address indexed collateralAuction);
    event RoleGranted(bytes32 indexed role, address indexed account, address indexed sender);
    event RoleRevoked(bytes32 indexed role, address indexed account, address indexed sender);

    /* ------------------------------------------------------------------------------------------ tokenization */

    /// @notice Mints the title to a lot to anybody but a custodian. `TOKENIZING_AGENT_ROLE`.
    /// @param serials Hashes of the units' serial numbers, none of them in a lot that exists.
    /// @param sealLot Whether the lot is complete.
    /// @return tokenId The title.
    function tokenize(
        address owner,
        string calldata model,
        address bailee,
        bytes32 bailmentAgreement,
        string calldata uri,
        bytes32[] calldata serials,
        bool sealLot
    ) external returns (uint256 tokenId);
    /// @notice Adds units to a lot that is being built, and seals it if that is all. `TOKENIZING_AGENT_ROLE`.
    function addUnits(uint256 tokenId, bytes32[] calldata serials, bool sealLot) external;
    /// @notice The lot whose title holds a unit; zero if none does.
    function lotOf(bytes32 serial) external view returns (uint256 tokenId);

    /* -------------------------------------------------------------------------------- bailment: the lot's bailee */

    /// @notice The bailee holds the goods. @param document Hash of the warehouse receipt.
    function attestReceipt(uint256 tokenId, bytes32 document) external;
    /// @notice The goods are lost: the collateral is worth nothing from now on.
    function attestLoss(uint256 tokenId, bytes32 document) external;
    /// @notice The goods have left the bailee; the lot is not eligible until he attests their receipt again.
    function release(uint256 tokenId, bytes32 document) external;

    /* ------------------------------------------------------------------------------ evaluation and insurance */

    /// @notice Posts a value that falls in a straight line to `residualBps` of it over `usefulLife` seconds, and holds
    /// until `validUntil`. `APPRAISER_ROLE`, for a lot that is sealed or held.
    /// @dev A value is below 2^112, a time below 2^40.
    function appraise(
        uint256 tokenId,
        uint256 value,
        uint64 validUntil,
        uint64 usefulLife,
        uint16 residualBps,
        bytes32 report
    ) external;
    /// @notice Posts a policy over `coverage`, below 2^112, until `expiry`. `INSURER_ROLE`, for a lot that is sealed or
    /// held.
    function insure(uint256 tokenId, uint256 coverage, uint64 expiry, bytes32 policy) external;
    /// @notice What the lot is worth now, rounded down; zero when the appraisal has expired or the goods are lost.
    function collateralValue(uint256 tokenId) external view returns (uint256);
    /// @notice Whether the lot can be pledged: held, worth something by an appraisal that has not expired, insured for at
    /// least that, neither frozen nor being redeemed.
    function isEligible(uint256 tokenId) external view returns (bool);
    /// @notice The appraisal as it was posted.
    function appraisal(uint256 tokenId)
        external
        view
        returns (
            uint256 value,
            uint256 appraisedAt,
            uint256 validUntil,
            uint256 usefulLife,
            uint256 residualBps,
            bytes32 report
        );
    /// @notice The policy as it was posted.
    function insurance(uint256 tokenId) external view returns (uint256 coverage, uint256 expiry, bytes32 policy);
    /// @notice The lot.
    function lot(uint256 tokenId)
        external
        view
        returns (
            Custody custody,
            bool isFrozen,
            bool isRedemptionRequested,
            uint256 units,
            address bailee,
            bytes32 bailmentAgreement
        );
    /// @notice Where the goods of a lot are: the first word of `lot`, in one read instead of three.
    function custody(uint256 tokenId) external view returns (Custody);
    function model(uint256 tokenId) external view returns (string memory);

    /* ------------------------------------------------------------------------------------ redemption of the goods */

    /// @notice The holder asks for the goods; the token cannot move until they are delivered or the request is
    /// cancelled. By whoever may move it, while the bailee holds the goods.
    function requestGoods(uint256 tokenId) external;
    /// @notice The holder takes that back.
    function cancelGoodsRequest(uint256 tokenId) external;
    /// @notice The bailee has delivered the goods: burns the token and frees its serials.
    function confirmDelivery(uint256 tokenId, bytes32 document) external;
    /// @notice The holder gives up the title to goods that no bailee holds, because they were released or never received:
    /// burns the token and frees its serials, so that the goods can be tokenized anew, at another bailee or rightly.
    function surrender(uint256 tokenId) external;

    /* ---------------------------------------------------------------------------------------- administration */

    /// @notice Freezes a token or frees it. `COMPLIANCE_ROLE`.
    function setFrozen(uint256 tokenId, bool isFrozen) external;
    /// @notice Links the pool and the auction, out of which transfers always work; once. `DEFAULT_ADMIN_ROLE`.
    function setCustodians(address loanPool, address collateralAuction) external;
    function custodians() external view returns (address loanPool, address collateralAuction);
    function DEFAULT_ADMIN_ROLE() external view returns (bytes32);
    function getRoleAdmin(bytes32 role) external view returns (bytes32);
    function hasRole(bytes32 role, address account) external view returns (bool);
    function grantRole(bytes32 role, address account) external;
    function revokeRole(bytes32 role, address account) external;
    function renounceRole(bytes32 role, address callerConfirmation) external;

    /* ------------------------------------------------------------------------------------------------ ERC-721 */

    function name() external view returns (string memory);
    function symbol() external view returns (string memory);
    function tokenURI(uint256 tokenId) external view returns (string memory);
    function totalSupply() external view returns (uint256);
    function balanceOf(address owner) external view returns (uint256);
    function ownerOf(uint256 tokenId) external view returns (address);
    function approve(address to, uint256 tokenId) external;
    function getApproved(uint256 tokenId) external view returns (address);
    function setApprovalForAll(address operator, bool approved) external;
    function isApprovedForAll(address owner, address operator) external view returns (bool);
    function transferFrom(address from, address to, uint256 tokenId) external;
    function safeTransferFrom(address from, address to, uint256 tokenId) external;
    function safeTransferFrom(address from, address to, uint256 tokenId, bytes calldata data) external;
    function supportsInterface(bytes4 interfaceId) external view returns (bool);
}
